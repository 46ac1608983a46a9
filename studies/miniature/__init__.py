"""The paper in miniature: what each part of the recipe does for a policy of a million parameters."""
