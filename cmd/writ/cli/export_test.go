package cli

// GarbageFor is how much garbage may gather, in percent of what lives.
var GarbageFor = garbageFor

// ConstantPart reports whether a line of /proc/self/maps is a part of the program that cannot change.
var ConstantPart = constantPart

// Moment reads a point in time as people write it.
var Moment = moment

// Legible is text for a terminal.
var Legible = legible
