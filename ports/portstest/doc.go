// Package portstest holds the contracts of ports as tests: one exported suite a port, with a case
// for each sentence of the port's comments. The test of an adapter runs the suite and gives it a
// function that opens a fresh adapter for every case:
//
//	portstest.EventStore(t, func(t *testing.T) ports.EventStore { return open(t) })
//
// A contract about several processes is tested with two adapters on one database.
//
// It owns no adapter and imports none.
package portstest
