// Loads etcd with its own client, as bench/sockets loads other servers; prints one line of JSON.
//
//	etcd_load port=N [pid=N] workload=durable  [writers=64] [milliseconds=3000]
//	etcd_load port=N [pid=N] workload=mass_end [clients=1000] [facts=100]
//
// Built by tests/bench/compare against Debian's golang-etcd-server-dev.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
)

const connections = 8

var payload = strings.Repeat("x", 100)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd_load:", err)
		os.Exit(1)
	}
}

func argument(name, otherwise string) string {
	for _, word := range os.Args[1:] {
		if rest := strings.TrimPrefix(word, name+"="); rest != word {
			return rest
		}
	}
	return otherwise
}

func number(name string, otherwise int) int {
	given, err := strconv.Atoi(argument(name, strconv.Itoa(otherwise)))
	must(err)
	return given
}

// What the server used, as bench/sockets tells it.
type usage struct{ processor, resident float64 }

func used(pid int) usage {
	if pid == 0 {
		return usage{}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.ParseFloat(fields[11], 64)
	must(err)
	system, err := strconv.ParseFloat(fields[12], 64)
	must(err)
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	must(err)
	pages, err := strconv.ParseFloat(strings.Fields(string(statm))[1], 64)
	must(err)
	const ticksOfSecond = 100
	return usage{(user + system) / ticksOfSecond, pages * float64(os.Getpagesize())}
}

// Runs work for 0 to count-1, so many at a time.
func atOnce(count, workers int, work func(i int)) {
	var next int64 = -1
	var all sync.WaitGroup
	for w := 0; w < workers; w++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := int(atomic.AddInt64(&next, 1)); i < count; i = int(atomic.AddInt64(&next, 1)) {
				work(i)
			}
		}()
	}
	all.Wait()
}

func durable(clients []*clientv3.Client, report map[string]float64) {
	writers := number("writers", 64)
	end := time.Now().Add(time.Duration(number("milliseconds", 3000)) * time.Millisecond)
	times := make([][]float64, writers)
	begin := time.Now()
	var written int64
	atOnce(writers, writers, func(i int) {
		for time.Now().Before(end) {
			asked := time.Now()
			key := fmt.Sprintf("k.%07d", atomic.AddInt64(&written, 1))
			_, err := clients[i%connections].Put(context.Background(), key, payload)
			must(err)
			times[i] = append(times[i], time.Since(asked).Seconds()*1e6)
		}
	})
	seconds := time.Since(begin).Seconds()
	var all []float64
	for _, each := range times {
		all = append(all, each...)
	}
	sort.Float64s(all)
	report["per_second"] = float64(len(all)) / seconds
	report["p50_us"] = all[len(all)/2]
	report["p99_us"] = all[len(all)*99/100]
}

// One lease with keys for each client; all leases are revoked at once.
func massEnd(clients []*clientv3.Client, report map[string]float64, begin func()) {
	count, facts := number("clients", 1000), number("facts", 100)
	ctx := context.Background()
	due := int64(count * facts)
	var gone int64
	allGone := make(chan struct{})
	watch := clients[1].Watch(ctx, "k.", clientv3.WithPrefix(), clientv3.WithFilterPut(),
		clientv3.WithCreatedNotify())
	<-watch
	go func() {
		for told := range watch {
			if atomic.AddInt64(&gone, int64(len(told.Events))) == due {
				close(allGone)
			}
		}
	}()
	leases := make([]clientv3.LeaseID, count)
	atOnce(count, 32, func(i int) {
		lease, err := clients[i%connections].Grant(ctx, 300)
		must(err)
		leases[i] = lease.ID
		var puts []clientv3.Op
		for f := 0; f < facts; f++ {
			puts = append(puts, clientv3.OpPut(fmt.Sprintf("k.%07d", i*facts+f), payload,
				clientv3.WithLease(lease.ID)))
		}
		_, err = clients[i%connections].Txn(ctx).Then(puts...).Commit()
		must(err)
	})
	begin()
	revoking := time.Now()
	atOnce(count, 64, func(i int) {
		_, err := clients[i%connections].Revoke(ctx, leases[i])
		must(err)
	})
	select {
	case <-allGone:
	case <-time.After(60 * time.Second):
		must(fmt.Errorf("the watcher was told of %d of %d", atomic.LoadInt64(&gone), due))
	}
	report["seconds"] = time.Since(revoking).Seconds()
}

func main() {
	var clients []*clientv3.Client
	for i := 0; i < connections; i++ {
		client, err := clientv3.New(clientv3.Config{
			Endpoints: []string{"127.0.0.1:" + argument("port", "2379")}, DialTimeout: 5 * time.Second})
		must(err)
		clients = append(clients, client)
	}
	pid := number("pid", 0)
	report := map[string]float64{}
	before := used(pid)
	switch argument("workload", "") {
	case "durable":
		durable(clients, report)
	case "mass_end":
		massEnd(clients, report, func() { before = used(pid) })
	default:
		must(fmt.Errorf("workload= is durable or mass_end"))
	}
	after := used(pid)
	report["processor_seconds"] = after.processor - before.processor
	report["memory_growth"] = after.resident - before.resident
	line, err := json.Marshal(report)
	must(err)
	fmt.Println(string(line))
}
