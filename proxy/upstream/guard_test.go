package upstream_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// elsewhere is a server on an address of loopback that is not the hub's. It counts who comes.
func elsewhere(t *testing.T, h http.Handler) (url string, hits *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	hits = new(atomic.Int64)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		h.ServeHTTP(w, r)
	}))
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL, hits
}

// A redirect to a host on a private network is not followed, unless the network is allowed.
func TestRedirectToAPrivateNetwork(t *testing.T) {
	content := "of a neighbour"
	url, hits := elsewhere(t, answerWith(content))
	h := newHub(t)
	d := oci.DigestOf([]byte(content))
	h.handle("/v2/library/nginx/blobs/"+d.String(), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, url+"/secret", http.StatusTemporaryRedirect)
	})
	_, _, err := h.client(func(c *upstream.Config) { c.Retries = 3 }).Blob(t.Context(), "library/nginx", d, 0)
	if !errors.Is(err, upstream.ErrUnavailable) || !strings.Contains(err.Error(), "not public") || !strings.Contains(err.Error(), "LAZARET_UPSTREAM_NETWORKS") {
		t.Errorf("%v", err)
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the neighbour was asked %d times", n)
	}
	if n := h.count("GET /v2/library/nginx/blobs/" + d.String()); n != 1 {
		t.Errorf("the hub was asked %d times: what leads nowhere is not tried again", n)
	}
	allowed := h.client(func(c *upstream.Config) { c.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	body, _, err := allowed.Blob(t.Context(), "library/nginx", d, 0)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	if hits.Load() != 1 {
		t.Error("the network was allowed, and nobody came")
	}
}

// Nor is a token service there asked, which would get the credentials. An address is told by
// go-containerregistry, a name that stands for one by its address.
func TestTokenServiceOnAPrivateNetwork(t *testing.T) {
	hits := new(atomic.Int64)
	neighbour := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer neighbour.Close()
	url := strings.Replace(neighbour.URL, "127.0.0.1", "localhost", 1)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+url+`/token",service="hub"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer h.Close()
	c := newClient(t, h.URL, func(c *upstream.Config) { c.Username, c.Password = "me", "hunter2" })
	_, err := c.Head(t.Context(), nginx)
	if err == nil || !strings.Contains(err.Error(), "not public") {
		t.Errorf("%v", err)
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
}

// Behind a proxy, which resolves names itself, addresses are told all the same.
func TestPrivateAddressBehindAProxy(t *testing.T) {
	for _, host := range []string{"127.0.0.2", "169.254.169.254", "[::1]", "10.0.0.1", "localhost", "a.localhost"} {
		if !upstream.GuardsBehindProxy(t, "registry.example.com", "http://"+host+"/x") {
			t.Errorf("%s would be asked of the proxy", host)
		}
	}
	for _, host := range []string{"registry.example.com", "cdn.example.com", "8.8.8.8"} {
		if upstream.GuardsBehindProxy(t, "registry.example.com", "http://"+host+"/x") {
			t.Errorf("%s would not be asked of the proxy", host)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700:4700::1111": true, "64:ff9b::808:808": true, "2002:808:808::1": true, "100.128.0.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false,
		"::1": false, "::": false, "fe80::1": false, "fd00::1": false, "fec0::1": false, "ff02::1": false, "::ffff:127.0.0.1": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001:db8::1": false, "64:ff9b:1::1": false,
	} {
		if got := upstream.Public(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: public %v", a, got)
		}
	}
}
