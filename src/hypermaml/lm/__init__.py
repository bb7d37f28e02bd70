"""Language models of the Llama family: weights, tokenizer, forward, low-rank adapters and their export."""
