"""The risks of generating initializations: what is trained and measured for each."""
