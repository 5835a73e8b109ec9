package cli

// GarbageFor is how much garbage may gather, in percent of what lives.
var GarbageFor = garbageFor

// ConstantPart reports whether a line of /proc/self/maps is a part of the program that cannot change.
var ConstantPart = constantPart
