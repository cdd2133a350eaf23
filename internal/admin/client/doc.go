// Package client is a client of the Admin API, generated from its OpenAPI document. After the
// API has changed:
//
//	go test ./internal/admin/client -update
package client
