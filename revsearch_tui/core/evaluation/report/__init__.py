"""Records as pages: tables for people and papers, and one file of HTML with plots."""
