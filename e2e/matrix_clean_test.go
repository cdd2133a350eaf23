package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/internal/testimage"
)

// clean has the client pull what is clean, run it where it can, and pull it again.
func (s *scene) clean(c *client, m *mirror, kinds ...string) {
	s.t.Helper()
	for _, kind := range kinds {
		spec := testimage.Clean(fmt.Sprint(c.name, m.url, kind), 200<<10)
		spec.Layers = append(spec.Layers, testimage.Layer{Compression: "gzip", CreatedBy: "COPY hello /", Files: []testimage.File{{Path: "hello", Mode: 0o755, Body: s.hello}}})
		spec.Cmd = []string{"/hello"}
		p := s.put(kind, spec)
		s.standIn.reset()
		for range 2 {
			if o := c.pull(s.patient(), p.reference); o.err != nil {
				s.t.Errorf("%s, %s, clean: %v\n%s", c.name, kind, o.err, o.out)
			}
			if has := c.images(s.patient()); !regexp.MustCompile(p.repository + `\b`).MatchString(has.out) {
				s.t.Errorf("%s, %s, clean: the image is not there:\n%s", c.name, kind, has.out)
			}
			if c.run != nil {
				if o := c.run(s.patient(), p.reference); o.err != nil || !strings.Contains(o.out, "hello from a clean image") {
					s.t.Errorf("%s, %s, clean, run: %v\n%s", c.name, kind, o.err, o.out)
				}
			}
			c.remove(s.patient(), p.reference)
		}
		if asked := s.standIn.requests(); len(asked) > 0 {
			s.t.Errorf("%s, %s, clean: it asked Docker Hub for %v", c.name, kind, asked)
		}
	}
}

// resume has the client pull what is clean over a connection that breaks off in the midst of a
// layer: it goes on where it was, or says that it failed, and asks nobody else.
func (s *scene) resume(c *client, m *mirror) {
	s.t.Helper()
	p := s.put(byTag, testimage.Clean("resume "+c.name+m.url, 4<<20))
	s.standIn.reset()
	after := int64(3 << 20)
	if c.chunks > 0 {
		after = int64(c.chunks) // a connection brings no more than a few of them
	}
	s.relays[m].cutNext(after)
	o := c.pull(s.patient(), p.reference)
	ranges := 0
	for _, line := range m.lines("pull") {
		if line["repository"] == p.repository && line["status"] == float64(http.StatusPartialContent) {
			ranges++
		}
	}
	there := regexp.MustCompile(p.repository + `\b`).MatchString(c.images(s.patient()).out)
	if resumed := o.err == nil; !s.relays[m].wasCut() || resumed != !c.gives || there != resumed || resumed && ranges == 0 {
		s.t.Errorf("%s, broken off: %v, there: %t, in %d ranges\n%s", c.name, o.err, there, ranges, o.out)
	}
	if asked := s.standIn.requests(); len(asked) > 0 {
		s.t.Errorf("%s, broken off: it asked Docker Hub for %v", c.name, asked)
	}
	c.remove(s.patient(), p.reference)
}

// enrolled shows that with the files of `lazaret enrol` plain answers are final, and that
// what is clean is pulled.
func (s *scene) enrolled(c *client, transport string) []cell {
	s.t.Helper()
	c.stop()
	s.ownHost()
	plain := s.startMirror(transport, "plain")
	defer plain.kill()
	c.enrolled = true
	c.start(s, c, plain)
	s.clean(c, plain, byTag)
	var pulls []pull
	for _, kind := range []string{byTag, byDigest} {
		p := s.put(kind, testimage.Miner(fmt.Sprint(c.name, kind, "enrolled"), 16<<10))
		s.warm(plain, p, true)
		pulls = append(pulls, p)
	}
	return s.refused(c, plain, plainly, pulls...)
}
