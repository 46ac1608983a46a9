"""One evaluation on one device: referee, player, sandbox, correctness, honesty, timing."""
