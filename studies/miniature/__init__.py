"""The paper in miniature: what each part of the recipe does for a very small policy."""
