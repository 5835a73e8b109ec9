package ginguard

import (
	"github.com/gin-gonic/gin"

	"writ/adapters/resource"
)

// Require makes a middleware that goes on only with requests whose access token allows all of the
// scopes, and answers the others itself. What comes after it finds the claims with Claims, and with
// resource.FromContext in the context of the request. It panics when one of them cannot be a scope.
func Require(v *resource.Verifier, scopes ...string) gin.HandlerFunc {
	resource.MustBeScopes(scopes...)
	return func(c *gin.Context) {
		claims, err := v.Authenticate(c.Request, scopes...)
		if err != nil {
			v.Refuse(c.Writer, err)
			c.Abort()
			return
		}
		c.Request = c.Request.WithContext(resource.NewContext(c.Request.Context(), claims))
		c.Next()
	}
}

// Claims returns the claims of the token that a request goes on with. After Require there always
// are some.
func Claims(c *gin.Context) (resource.Claims, bool) { return resource.FromContext(c.Request.Context()) }
