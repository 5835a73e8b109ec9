package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// rotating is a Gate where a new session ends the one that the browser had, so that none is left
// behind which nobody can see any more.
type rotating struct {
	Gate
	leave *signin.Leave
}

// Welcome implements Gate. That the old session could not be ended is no reason to refuse the new
// one: the browser forgets it.
func (g rotating) Welcome(c *gin.Context, token oauth.Opaque) {
	before, err := g.Recognise(c)
	if err == nil && before.Session != "" {
		err = g.leave.Execute(c.Request.Context(), signin.LeaveCommand{Visitor: before.Visitor})
		if err != nil {
			_ = c.Error(err)
		}
	}
	g.Gate.Welcome(c, token)
}
