package proxy

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

const (
	requestIDHeader  = "X-Request-Id"
	apiVersionHeader = "Docker-Distribution-Api-Version"
	contentDigest    = "Docker-Content-Digest"
)

// A request is an HTTP request with what is learnt of it on the way to its answer.
type request struct {
	*http.Request
	id         string
	client     string        // address
	login      policy.Client // name and groups, by what it showed
	family     family
	policy     *policy.Policy   // in force when it came
	up         *upstream.Client // what has what it is for; nil: nothing has
	direct     bool             // it was asked of the registry's own host, and not of a mirror
	registry   string           // that goes by this name
	repository string           // canonical
	headersBy  time.Time        // when the answer's headers must be out, lest the client leave for Docker Hub

	// What the log line and the ledger's row will say.
	kind    string // "manifest" or "blob" for a pull; "" for what is none
	asked   string // tag or digest, as it was written
	digest  string
	image   string // digest of the manifest that decided
	verdict *policy.Verdict
	member  *oci.Descriptor // for which an index is refused
	source  string          // "store", "upstream", "flight"
	held    time.Duration
	refusal bool
}

// where is the repository with its registry, and who asks is its client: keys of what is
// remembered of them.
func (q *request) where() string { return q.registry + "/" + q.repository }
func (q *request) who() string   { return q.client + " " + q.login.Name }

// asker is who asks as policies know them: by their address, and by what they showed.
func (q *request) asker() policy.Client {
	c := q.policy.Client(q.client)
	if q.login.Name != "" {
		c.Name = q.login.Name
	}
	for _, g := range q.login.Groups {
		if !slices.Contains(c.Groups, g) {
			c.Groups = append(c.Groups, g)
		}
	}
	return c
}

// toHeaders returns a context for what is done before the headers are out.
func (q *request) toHeaders() (context.Context, context.CancelFunc) {
	return context.WithDeadline(q.Context(), q.headersBy)
}

// errClientGone marks an error of writing to the client: nothing can be answered any more.
var errClientGone = errors.New("proxy: the client is gone")

// sent turns an error of writing to the client into errClientGone.
func (q *request) sent(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(errClientGone, err)
}

// serve is the one place where a request begins and ends.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	start := s.cfg.Now()
	q := &request{Request: r, id: rand.Text(), client: addressOf(r), family: familyOf(r.UserAgent()), policy: s.policy.Load(), headersBy: time.Now().Add(MaxHeaderWait)}
	w.Header().Set(apiVersionHeader, "registry/2.0")
	w.Header().Set(requestIDHeader, q.id)
	rw := &responseWriter{ResponseWriter: w}
	abort := false
	err := s.identify(q)
	if err == nil {
		err = s.dispatch(rw, q)
	}
	switch {
	case err == nil:
	case errors.Is(err, errClientGone), r.Context().Err() != nil:
	case rw.status != 0: // headers are out: the only way to say "no" is to break off
		abort = true
	default:
		if refused := (*unauthorized)(nil); errors.As(err, &refused) {
			w.Header().Set("WWW-Authenticate", refused.challenge)
		}
		writeError(rw, r, answerTo(err))
	}
	s.record(q, rw, start, err)
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// record writes the log line, the metrics and the ledger's row of a request.
func (s *Server) record(q *request, w *responseWriter, start time.Time, err error) {
	took := s.cfg.Now().Sub(start)
	verdict, judged, reasons := "", "", "[]"
	if q.verdict != nil {
		verdict, judged = q.verdict.Action.String(), q.verdict.Judged.String()
		if q.verdict.Warned() {
			verdict = "warn"
		}
		if len(q.verdict.Reasons) > 0 {
			if b, err := json.Marshal(q.verdict.Reasons[:min(len(q.verdict.Reasons), 8)]); err == nil {
				reasons = string(b)
			}
		}
	}
	if q.isTest() {
		verdict = "test"
	}
	s.metrics.observe(q, w, verdict)
	level, msg := slog.LevelInfo, "pull"
	switch {
	case q.kind == "":
		level, msg = slog.LevelDebug, "request"
	case q.isTest():
		msg = "test"
	case q.refusal:
		level, msg = slog.LevelWarn, "refused"
	}
	if errors.Is(err, errUnauthorized) && q.Header.Get("Authorization") != "" {
		level, msg = slog.LevelWarn, "not let in"
	}
	attrs := []slog.Attr{
		slog.String("id", q.id), slog.String("method", q.Method), slog.String("client", q.client), slog.String("client_name", q.asker().Name),
		slog.String("family", string(q.family)), slog.String("registry", q.registry), slog.String("repository", q.repository), slog.String("kind", q.kind),
		slog.String("reference", q.asked), slog.String("digest", q.digest), slog.String("verdict", verdict),
		slog.Int("status", w.code()), slog.Int64("bytes", w.bytes), slog.String("source", q.source),
		slog.Duration("held", q.held), slog.Duration("took", took),
	}
	if err != nil && !q.refusal {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	audited := q.verdict != nil && !q.refusal && q.verdict.Judged.Refuses() // by a mode that refuses nothing
	if audited {
		attrs = append(attrs, slog.String("judged", judged))
	}
	if (q.refusal || audited) && q.verdict != nil && len(q.verdict.Reasons) > 0 {
		f := q.verdict.Reasons[0].Finding
		attrs = append(attrs, slog.String("policy", q.verdict.Reasons[0].Rule), slog.String("rule", f.Rule), slog.String("layer", f.Layer.String()), slog.String("path", f.Path))
	}
	s.log.LogAttrs(q.Context(), level, msg, attrs...)
	if q.kind == "" || s.cfg.Ledger == nil {
		return
	}
	row := records.Pull{
		At: start, RequestID: q.id, Client: q.client, ClientName: q.asker().Name, UserAgent: q.UserAgent(), Registry: q.registry, Repository: q.repository,
		Reference: q.asked, Digest: q.digest, Image: q.image, Kind: q.kind, Verdict: verdict, Judged: judged, Reasons: reasons, Bytes: w.bytes,
		HeldMS: q.held.Milliseconds(), Source: q.source, Status: w.code(),
	}
	// The row outlives its client: one that hangs up is recorded like any other.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), 5*time.Second)
	defer cancel()
	if err := s.cfg.Ledger.Record(ctx, row, q.refusal); err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "pull not recorded", slog.String("id", q.id), slog.String("error", err.Error()))
	}
}

// A responseWriter notes what went out. It keeps the paths of the one it wraps that
// matter for speed (sendfile) and for trickling (flush).
type responseWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom keeps net/http's way to sendfile(2) open.
func (w *responseWriter) ReadFrom(r io.Reader) (int64, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// Unwrap serves http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack is refused: a connection taken from under the server would escape the gate's accounts.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

func (w *responseWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
