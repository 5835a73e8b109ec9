package httpapi

import (
	"net/netip"

	"github.com/gin-gonic/gin"
)

// sourceOf names where a request comes from, for counting: the address, of IPv6 the network that
// one party commonly holds. Forwarded addresses count only from trusted proxies.
func sourceOf(c *gin.Context) string {
	addr, err := addressOf(c)
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

// addressOf is gin's client address. Whom to trust for it is a question only if somebody forwarded
// the request.
func addressOf(c *gin.Context) (netip.Addr, error) {
	if len(c.Request.Header["X-Forwarded-For"]) > 0 {
		return netip.ParseAddr(c.ClientIP())
	}
	peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	return peer.Addr(), err
}
