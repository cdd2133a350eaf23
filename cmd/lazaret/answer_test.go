package main

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin/client"
)

// A list is read to its end, or as far as was asked for, whatever its pages are like.
func TestPages(t *testing.T) {
	for _, tt := range []struct{ have, page, limit, want, asked int }{
		{0, 100, 0, 0, 1}, {5, 2, 0, 5, 3}, {4, 2, 0, 4, 3}, {5, 2, 3, 3, 2}, {5, 2, 2, 2, 1}, {5, 2, 100, 5, 3}, {2500, 1000, 0, 2500, 3}, {2500, 1000, 1500, 1500, 2},
	} {
		asked := 0
		got, err := pages(tt.limit, func(cursor string, limit int64) ([]int, string, error) {
			asked++
			from, _ := strconv.Atoi(cursor) // "" is 0
			if limit < 1 || limit > 1000 {
				t.Errorf("%+v: %d were asked for", tt, limit)
			}
			to := min(from+min(tt.page, int(limit)), tt.have)
			var items []int
			for i := from; i < to; i++ {
				items = append(items, i)
			}
			if to-from < min(tt.page, int(limit)) { // as the API does it: a full page may be the last
				return items, "", nil
			}
			return items, strconv.Itoa(to), nil
		})
		if err != nil || len(got) != tt.want || asked != tt.asked || got == nil {
			t.Errorf("%+v: %d items by %d pages, %v", tt, len(got), asked, err)
		}
		for i, x := range got {
			if i != x {
				t.Fatalf("%+v: item %d is %d", tt, i, x)
			}
		}
	}
	if _, err := pages(0, func(string, int64) ([]int, string, error) { return nil, "", errNobody }); !errors.Is(err, errNobody) {
		t.Errorf("%v", err)
	}
}

func TestRefusals(t *testing.T) {
	detail := &client.ErrorModel{Title: "T", Detail: "D"}
	for _, tt := range []struct {
		status  int
		problem *client.ErrorModel
		code    int
		text    string
	}{
		{http.StatusBadRequest, detail, exitUsage, "D"},
		{http.StatusUnprocessableEntity, &client.ErrorModel{Detail: "validation failed", Errors: []client.ErrorDetail{{Location: "body.why", Message: "too long"}, {Message: "odd"}}}, exitUsage, "why: too long; request: odd"},
		{http.StatusNotFound, detail, exitError, "D"},
		{http.StatusConflict, &client.ErrorModel{Title: "T"}, exitError, "T"},
		{http.StatusTooManyRequests, detail, exitError, "D"},
		{http.StatusInternalServerError, &client.ErrorModel{}, exitError, "Internal Server Error"},
		{http.StatusUnauthorized, detail, exitAccess, "D (lazaret login)"},
		{http.StatusForbidden, detail, exitAccess, "D"},
		{http.StatusServiceUnavailable, detail, exitAccess, "D"},
		{http.StatusOK, nil, exitAccess, "the server answers with status 200, and not as the Admin API does: is it one?"},
		{http.StatusFound, nil, exitAccess, "the server answers with status 302, and not as the Admin API does: is it one?"},
	} {
		err := refusal(tt.status, tt.problem)
		code := exitError
		var asks *exitCode
		if errors.As(err, &asks) {
			code = asks.code
		}
		if diff := cmp.Diff(fmt.Sprint(tt.code, " ", tt.text), fmt.Sprint(code, " ", err)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", tt.status, diff)
		}
	}
}
