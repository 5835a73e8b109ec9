package cli

// ConstantPart reports whether a line of /proc/self/maps is a part of the program that cannot change.
var ConstantPart = constantPart
