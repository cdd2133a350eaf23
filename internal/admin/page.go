package admin

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lazaret/lazaret/internal/records"
)

// Paging is what every list takes.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"1024" doc:"Where to go on: next of the page before."`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"How many at most; 100 if it is 0 or absent."`

	url url.URL // of the request: the next page's is the same but for the cursor
}

// Resolve keeps the request's address, for the link to the next page, and says what no limit is.
func (p *Paging) Resolve(ctx huma.Context) []error {
	p.url = ctx.URL()
	if p.Limit == 0 {
		p.Limit = 100
	}
	return nil
}

// Items are a page of a list.
type Items[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// A page is an answer of Items. Its Link header (RFC 8288) is the next page's address.
type page[T any] struct {
	Link string `header:"Link"`
	Body Items[T]
}

// paged makes a page of rows. That there may be more is known from the rows being as many as
// were asked for; key names the last of them.
func paged[R, T any](in *Paging, rows []R, view func(R) T, key func(R) string) *page[T] {
	out := &page[T]{Body: Items[T]{Items: make([]T, 0, len(rows))}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, view(r))
	}
	if len(rows) == 0 || len(rows) < in.Limit {
		return out
	}
	out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(key(rows[len(rows)-1])))
	next := in.url
	q := next.Query()
	q.Set("cursor", out.Body.Next)
	next.RawQuery = q.Encode()
	out.Link = fmt.Sprintf(`<%s>; rel="next"`, next.RequestURI())
	return out
}

var errCursor = fmt.Errorf("%w: the cursor is none that a list gave out", errInvalid)

// keys reads what a cursor stands for, in n parts; none of no cursor.
func (p *Paging) keys(n int) ([]string, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return nil, errCursor
	}
	parts := strings.Split(string(b), "\x00")
	if len(parts) != n {
		return nil, errCursor
	}
	return parts, nil
}

// before is the place of a list by time that a cursor stands for.
func (p *Paging) before() (records.Key, error) {
	parts, err := p.keys(2)
	if err != nil || parts == nil {
		return records.Key{}, err
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return records.Key{}, errCursor
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return records.Key{}, errCursor
	}
	return records.Key{At: time.UnixMicro(at).UTC(), ID: id}, nil
}

// place is the inverse of before.
func place(at time.Time, id int64) string {
	return strconv.FormatInt(at.UnixMicro(), 10) + "\x00" + strconv.FormatInt(id, 10)
}

// ByID is the number of a row.
type ByID struct {
	ID int64 `path:"id" minimum:"1"`
}
