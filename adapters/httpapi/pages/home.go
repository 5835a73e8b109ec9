package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// home shows where one can go from here.
func (p *Pages) home(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	p.show(c, http.StatusOK, "home", p.name, who, nil)
}
