package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/lazaret/lazaret/internal/testimage"
)

// forgive shows that what a refusal has left with the client does not keep it from the image once
// there is an exception.
func (s *scene) forgive(c *client, m *mirror, p pull) {
	s.t.Helper()
	s.lazaret(m, "exception", "add", "--repository", p.repository, "--reason", "a lesson")
	waitFor(s.t, "the exception", func() bool { return s.status(m, p) == http.StatusOK })
	s.standIn.reset()
	o := c.pull(s.patient(), p.reference)
	has := c.images(s.patient())
	if there := regexp.MustCompile(p.repository + `\b`).MatchString(has.out); o.err != nil || !there {
		s.t.Errorf("%s, %s: refused, and then excepted: %v, there: %t\n%s", c.name, p.kind, o.err, there, o.out)
	}
	if asked := s.standIn.requests(); len(asked) > 0 {
		s.t.Errorf("%s, %s: refused, and then excepted: it asked Docker Hub for %v", c.name, p.kind, asked)
	}
	c.remove(s.patient(), p.reference)
}

// status is what a mirror answers to an image's manifest.
func (s *scene) status(m *mirror, p pull) int {
	s.t.Helper()
	status, _, _ := s.get(m.url + "/v2/" + p.repository + "/manifests/" + p.image.Digest.String())
	return status
}

// lapse has the client pull three images by an exception, and returns what pulls them once it
// has expired.
func (s *scene) lapse(c *client, m *mirror) func() []cell {
	s.t.Helper()
	var pulls []pull
	for _, kind := range []string{byTag, byDigest, byIndex} {
		p := s.put(kind, testimage.Miner(fmt.Sprint(c.name, m.url, kind), 16<<10))
		s.warm(m, p, true)
		pulls = append(pulls, p)
	}
	const life = 12 * time.Second
	for _, p := range pulls {
		s.lazaret(m, "exception", "add", "--repository", p.repository, "--reason", "a lesson", "--expires", time.Now().Add(life).UTC().Format(time.RFC3339))
	}
	refused := func(p pull) bool { return s.status(m, p) == http.StatusForbidden }
	s.standIn.reset()
	for _, p := range pulls {
		waitFor(s.t, "the exception", func() bool { return !refused(p) })
		if o := c.pull(s.patient(), p.reference); o.err != nil {
			s.t.Errorf("%s: pull by an exception: %v\n%s", c.name, o.err, o.out)
		}
		c.remove(s.patient(), p.reference)
	}
	if asked := s.standIn.requests(); len(asked) > 0 {
		s.t.Errorf("%s: by an exception it asked Docker Hub for %v", c.name, asked)
	}
	return func() []cell {
		s.t.Helper()
		var out []cell
		for _, p := range pulls {
			waitFor(s.t, "the exception to expire", func() bool { return refused(p) })
			out = append(out, s.refused(c, m, lapsed, p)...)
		}
		return out
	}
}
