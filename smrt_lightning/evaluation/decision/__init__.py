"""From scores to a decision: statistics, what is known of each method, the verdict, its words."""
