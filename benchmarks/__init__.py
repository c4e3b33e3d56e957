"""Quality and speed of SMRT, side by side with its peers."""
