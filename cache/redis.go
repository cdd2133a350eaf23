package cache

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a Store that replicas share.
type Redis struct {
	client redis.UniversalClient
	prefix string
}

// Time-outs of Redis: it is asked on the way of a pull, and one that does not answer is
// one that knows nothing.
const (
	redisDial = time.Second
	redisIO   = 500 * time.Millisecond
)

// OpenRedis opens a Redis by URL; prefix begins every key. It connects when it is used:
// a Redis that is down is no reason not to serve. The URLs are
//
//	redis://[user:password@]host:port[/db]              one server
//	rediss://…                                          the same over TLS
//	redis-sentinel://[user:password@]host:port,host:port/master-name[/db]
//	redis-cluster://[user:password@]host:port,host:port
//
// with "rediss-" for TLS in the last two. A URL of another form is an error, which does
// not repeat the URL: it may hold a password.
func OpenRedis(_ context.Context, rawURL, prefix string) (*Redis, error) {
	o, err := redisOptions(rawURL)
	if err != nil {
		return nil, err
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = redisDial, redisIO, redisIO
	o.PoolTimeout, o.MaxRetries, o.ContextTimeoutEnabled = redisDial, 1, true
	return &Redis{redis.NewUniversalClient(o), prefix}, nil
}

func redisOptions(rawURL string) (*redis.UniversalOptions, error) {
	bad := errors.New("cache: the Redis URL is not redis://, rediss://, redis-sentinel:// or redis-cluster:// with a host")
	kind, _, _ := strings.Cut(rawURL, "://")
	scheme, what, _ := strings.Cut(kind, "-")
	if (scheme != "redis" && scheme != "rediss") || (what != "" && what != "sentinel" && what != "cluster") {
		return nil, bad
	}
	// Several hosts are not a URL's: the first stands for them while it is parsed.
	hosts, plain := splitHosts(rawURL, kind, scheme)
	var parts []string
	u, err := url.Parse(plain)
	if err != nil || u.Host == "" {
		return nil, bad
	}
	if what != "" {
		parts = strings.Split(strings.Trim(u.Path, "/"), "/")
		u.Path = ""
	}
	one, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, bad
	}
	o := &redis.UniversalOptions{Addrs: []string{one.Addr}, Username: one.Username, Password: one.Password, DB: one.DB, TLSConfig: one.TLSConfig}
	switch what {
	case "sentinel":
		o.Addrs = hosts
		if o.MasterName = parts[0]; o.MasterName == "" {
			return nil, errors.New("cache: the Redis URL names no sentinel master")
		}
		if len(parts) > 1 {
			if o.DB, err = strconv.Atoi(parts[1]); err != nil {
				return nil, bad
			}
		}
	case "cluster":
		o.Addrs, o.IsClusterMode = hosts, true
	}
	return o, nil
}

// splitHosts takes the list of hosts out of a URL and returns the URL with the first alone.
func splitHosts(rawURL, kind, scheme string) (hosts []string, plain string) {
	rest := strings.TrimPrefix(rawURL, kind+"://")
	authority, path, _ := strings.Cut(rest, "/")
	user := ""
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, authority = authority[:i+1], authority[i+1:]
	}
	hosts = strings.Split(authority, ",")
	return hosts, scheme + "://" + user + hosts[0] + "/" + path
}

// Get implements Store. The keys go in one pipeline and not in an MGET, which a cluster
// takes for keys of one slot alone.
func (r *Redis) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	out := make([][]byte, len(keys))
	cmds := make([]*redis.StringCmd, len(keys))
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, k := range keys {
			cmds[i] = p.Get(ctx, r.prefix+k)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("cache: redis: %w", err)
	}
	for i, c := range cmds {
		b, err := c.Bytes()
		switch {
		case err == nil:
			out[i] = append([]byte{}, b...)
		case !errors.Is(err, redis.Nil):
			return nil, fmt.Errorf("cache: redis: %w", err)
		}
	}
	return out, nil
}

// Set implements Store.
func (r *Redis) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := r.client.Set(ctx, r.prefix+key, value, ttl).Err(); err != nil {
		return fmt.Errorf("cache: redis: %w", err)
	}
	return nil
}

// Add implements Store.
func (r *Redis) Add(ctx context.Context, key, member string, ttl time.Duration) error {
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, r.prefix+key, member)
		if ttl > 0 {
			p.PExpire(ctx, r.prefix+key, ttl)
		} else {
			p.Persist(ctx, r.prefix+key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cache: redis: %w", err)
	}
	return nil
}

// Members implements Store.
func (r *Redis) Members(ctx context.Context, key string) ([]string, error) {
	m, err := r.client.SMembers(ctx, r.prefix+key).Result()
	if err != nil {
		return nil, fmt.Errorf("cache: redis: %w", err)
	}
	return m, nil
}

// Close implements Store.
func (r *Redis) Close() error { return r.client.Close() }
