"""The work, without a screen: everything the command line and the app do is done here."""
