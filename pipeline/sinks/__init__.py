"""Where results go: video files, data, exports."""
