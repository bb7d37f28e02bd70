"""What tasks are made from: readers of databases as Debian's packages and source archives lay them."""
