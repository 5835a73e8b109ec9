// Package review shows people what they allowed to which applications.
//
// It owns what a row says. It may lag behind the log, and decides nothing.
package review
