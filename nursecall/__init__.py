"""Ward nurse call: from the bedside button to the nurse who comes."""
