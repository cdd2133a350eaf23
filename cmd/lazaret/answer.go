package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lazaret/lazaret/internal/admin/client"
)

// A recorder is an http.ResponseWriter that keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) { w.status = cmp.Or(w.status, status) }

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) response(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		StatusCode: w.status, Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req,
	}
}

// An answer is what the generated client makes of one, whatever the operation.
type answer interface {
	StatusCode() int
	GetApplicationProblemJSONDefault() *client.ErrorModel
}

// got is the body of an answer of 200, or why there is none.
func got[T any, A interface {
	answer
	GetJSON200() *T
}](a A, err error) (T, error) {
	if err != nil {
		var none T
		return none, unreachable(err)
	}
	return bodyOf(a, a.GetJSON200())
}

// made is the body of an answer of 201, or why there is none.
func made[T any, A interface {
	answer
	GetJSON201() *T
}](a A, err error) (T, error) {
	if err != nil {
		var none T
		return none, unreachable(err)
	}
	return bodyOf(a, a.GetJSON201())
}

func bodyOf[T any](a answer, body *T) (T, error) {
	if body != nil {
		return *body, nil
	}
	var none T
	return none, refusal(a.StatusCode(), a.GetApplicationProblemJSONDefault())
}

// unreachable is an error of the way to the server, as an exit code.
func unreachable(err error) error {
	var code *exitCode
	if errors.As(err, &code) { // of this process's own
		return code
	}
	return &exitCode{exitAccess, err}
}

// refusal is what a server's error comes to here.
func refusal(status int, p *client.ErrorModel) error {
	if p == nil {
		return &exitCode{exitAccess, fmt.Errorf("the server answers with status %d, and not as the Admin API does: is it one?", status)}
	}
	text := []string{cmp.Or(p.Detail, p.Title, http.StatusText(status))}
	if len(p.Errors) > 0 { // what is wrong with each part
		text = nil
	}
	for _, e := range p.Errors {
		text = append(text, strings.TrimPrefix(cmp.Or(e.Location, "request"), "body.")+": "+e.Message)
	}
	err := errors.New(strings.Join(text, "; "))
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return usage(err)
	case http.StatusUnauthorized:
		return &exitCode{exitAccess, fmt.Errorf("%w (lazaret login)", err)}
	case http.StatusForbidden, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &exitCode{exitAccess, err}
	}
	return err
}

// pages reads a list page by page, until it ends or has limit items; 0 for all of them.
func pages[T any](limit int, page func(cursor string, limit int64) (items []T, next string, err error)) ([]T, error) {
	all := []T{} // none is [] in JSON
	const most = 1000
	for cursor := ""; ; {
		want := most
		if limit > 0 {
			want = min(most, limit-len(all))
		}
		items, next, err := page(cursor, int64(want))
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if next == "" || len(items) == 0 || limit > 0 && len(all) >= limit {
			return all, nil
		}
		cursor = next
	}
}
