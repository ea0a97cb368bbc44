"""What a run is worth: baselines, retraining, recovery, and the claims of the study."""
