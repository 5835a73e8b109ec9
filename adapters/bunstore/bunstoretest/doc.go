// Package bunstoretest gives tests fresh stores, on SQLite and on a real PostgreSQL server.
//
// The server is the one at WRIT_TEST_POSTGRES_DSN, or one that the test binary starts for itself
// from the machine's PostgreSQL binaries and stops at its end, for which its TestMain calls Main.
// There is no third way: without PostgreSQL the tests fail.
//
// It owns no assertion and no test.
package bunstoretest
