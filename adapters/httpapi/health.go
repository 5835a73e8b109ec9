package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthEndpoint answers whoever watches the process.
type healthEndpoint struct {
	check func(context.Context) error
	log   *slog.Logger
}

// alive says that the process runs, whatever it depends on.
func (e healthEndpoint) alive(c *gin.Context) { c.Status(http.StatusOK) }

// ready says whether requests can be answered. Why not is for the log alone.
func (e healthEndpoint) ready(c *gin.Context) {
	err := e.check(c.Request.Context())
	if err != nil {
		e.log.WarnContext(c.Request.Context(), "not ready", "err", err)
		c.Header("Retry-After", "1")
		c.Status(http.StatusServiceUnavailable)
		return
	}
	c.Status(http.StatusOK)
}
