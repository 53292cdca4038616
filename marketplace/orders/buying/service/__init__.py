"""The use cases of buying, one file each. Session first, then the actor; they flush, and raising rolls everything back."""
