package natstest

import (
	"fmt"
	"strings"
	"testing"
)

// Cluster is some NATS servers that keep copies of streams for each other. Its methods are for the
// goroutine of the test.
type Cluster struct {
	Servers []*Server
	URL     string // of all of them, as clients take it
}

// StartCluster runs servers with one file of configuration, which reads NATS_NAME, NATS_CLUSTER_LISTEN,
// NATS_ROUTES and ROUTE_PASSWORD, the password of the user route, and the variables that are given. It
// returns when each takes connections; which of them leads is settled a moment later.
func StartCluster(t testing.TB, size int, configuration string, env ...string) *Cluster {
	t.Helper()
	const password = "between-servers"
	listen, routes := make([]string, size), make([]string, size)
	for i := range routes {
		listen[i] = FreeAddress(t)
		routes[i] = fmt.Sprintf("%q", As("nats://"+listen[i], "route", password))
	}
	c := &Cluster{}
	urls := make([]string, size)
	for i := range routes {
		s := prepare(t, "-c", configuration)
		s.Name = fmt.Sprintf("nats%d", i+1)
		s.env = append([]string{
			"NATS_NAME=" + s.Name, "NATS_CLUSTER_LISTEN=" + listen[i], "ROUTE_PASSWORD=" + password,
			"NATS_ROUTES=[" + strings.Join(routes, ", ") + "]",
		}, env...)
		s.Restart()
		c.Servers, urls[i] = append(c.Servers, s), s.URL
	}
	c.URL = strings.Join(urls, ",")
	return c
}

// Named is the server with a name, nil when there is none.
func (c *Cluster) Named(name string) *Server {
	for _, s := range c.Servers {
		if s.Name == name {
			return s
		}
	}
	return nil
}
