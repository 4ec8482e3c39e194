// DuplexDaemon
