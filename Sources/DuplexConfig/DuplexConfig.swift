// DuplexConfig
