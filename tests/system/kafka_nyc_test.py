"""New York's January 2021 (nyc_test.py) on three brokers and three nodes, asked at all three.

The same steps are done on the embedded log and on Kafka, and both end with the same: each slot with
its places and who is booked there, each site's doses, each person's appointment with its state, dose
and version, on every node. Digests are not compared between the two: keys, ids, times and the order
in which the partitions were asked are each log's own. On Kafka all nodes have the same digests, and
the audit holds the log against the same rules.

Errors:  exit 77, loudly, where the observations or Kafka cannot be had.
Threads: as nyc_test.py.
"""

from jari_cluster import Cluster, main
from jari_service import Service, need_binary
from nyc_test import January as Story
from nyc_test import need_observations, sites, slots_shown, span_of

CLIENTS_OF_A_NODE = 3


class January(Story):
    """On both logs."""

    def test_three_nodes_end_as_one_does(self):
        with Service(contract=None) as service:
            self.book_again([service] * CLIENTS_OF_A_NODE)
            alone = self.ends_with(service)
        with Cluster(brokers=3, nodes=3) as cluster:
            cluster.settled()
            self.book_again(cluster.nodes * CLIENTS_OF_A_NODE)
            for node in cluster.nodes:
                for what, rows in self.ends_with(node).items():
                    self.assertEqual(rows, alone[what], f"{what}, as {node.directory.name} has it")
            print(f"  {len(alone['appointments'])} appointments, {len(alone['slots'])} slots, "
                  f"{len(alone['stock'])} stocks are the same on four nodes", flush=True)
            cluster.proved()

    def ends_with(self, service):
        """What people and operators see, without what is each log's own."""
        span = span_of(self.weeks, self.rows)
        slots = slots_shown(service, self.weeks, self.rows)
        reader = service.operator("scheduler")
        appointments, stock = {}, {}
        for site in (site["site_id"] for site in sites()):
            listed = reader.all_pages(f"/v1/operator/sites/{site}/appointments", "appointments",
                                      span)
            for one in listed:
                self.assertNotIn(one["person"], appointments)
                appointments[one["person"]] = [one[name] for name in (
                    "programme", "site", "slot", "product", "dose", "starts_at", "zone", "state",
                    "version")]
            shown = reader.read(f"/v1/sites/{site}/slots", query=span).expect(200).json
            stock.update({(site, row["product"]): row for row in shown["stock"]})
        self.assertEqual(len(appointments), self.steps.people)
        return {"slots": slots, "stock": stock, "appointments": appointments}


if __name__ == "__main__":
    need_observations()
    need_binary()
    main()
