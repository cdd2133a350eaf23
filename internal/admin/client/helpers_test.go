package client_test

import (
	"net/http"

	"github.com/lazaret/lazaret/internal/admin/auth"
)

type nobody struct{}

func (nobody) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, auth.ErrNoCredentials
}
