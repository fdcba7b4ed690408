"""Reader of HEIC and HEIF files, the format of many phones' cameras."""
