package oauth

import (
	"fmt"
	"time"
)

// LimitError refuses somebody who tried too often, until RetryAfter has passed.
type LimitError struct{ RetryAfter time.Duration }

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("tried too often; again in %s", e.RetryAfter)
}
