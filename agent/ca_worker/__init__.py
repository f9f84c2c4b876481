"""klyuchnik-ca-worker: stands between the folders of the portal and a Microsoft CA. The standard library is enough."""
