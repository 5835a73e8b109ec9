package httpapi

import (
	"net/netip"

	"github.com/gin-gonic/gin"
)

// sourceOf names where a request comes from, for counting: the address, of IPv6 the network that
// one party commonly holds. Forwarded addresses count only from trusted proxies.
func sourceOf(c *gin.Context) string {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return c.ClientIP()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, _ := addr.Prefix(64) // 64 is in range for every IPv6 address
	return network.String()
}
