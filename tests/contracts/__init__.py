"""What every plug-in of one kind must do, whoever wrote it."""
