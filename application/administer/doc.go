// Package administer lets whoever runs the server, and the members who may, keep accounts and
// clients.
//
// It owns the defaults of what is made here. It does not own who may call it: the command line may
// do everything, the endpoints ask for permissions first.
package administer
