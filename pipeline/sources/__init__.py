"""Where frames come from: recordings and folders of images."""
