package cli

// GarbageFor is how much garbage may gather, in percent of what lives.
var GarbageFor = garbageFor
