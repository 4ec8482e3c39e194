// DuplexTLS
