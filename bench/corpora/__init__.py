"""What others wrote and labelled, read by us: how many right, how slow, how much memory, beside the bars."""
