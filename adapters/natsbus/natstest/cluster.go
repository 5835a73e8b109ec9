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

// StartCluster runs servers that know each other, and returns when each takes connections. Which of
// them leads is settled a moment later.
func StartCluster(t testing.TB, size int, flags ...string) *Cluster {
	t.Helper()
	routes := make([]string, size)
	for i := range routes {
		routes[i] = "nats://" + FreeAddress(t)
	}
	c := &Cluster{}
	urls := make([]string, size)
	for i, route := range routes {
		name := fmt.Sprintf("nats%d", i+1)
		s := prepare(t, append([]string{
			"-n", name, "--cluster_name", "natstest", "--cluster", route, "--routes", strings.Join(routes, ","),
		}, flags...)...)
		s.Name = name
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
