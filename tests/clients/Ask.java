// Asks as Metabase's driver does: its connection properties, metadata calls, a pool that is kept alive.
import java.sql.*;
import java.util.*;

class Ask {
  static void check(boolean good, String what) {
    if (good)
      return;
    System.out.println("failed: " + what);
    System.exit(1);
  }

  static String one(Connection c, String sql) throws Exception {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      check(r.next(), sql);
      return r.getString(1);
    }
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("clickhouse.jdbc.v2", "true");
    Properties p = new Properties();
    p.putAll(Map.of("user", "default", "password", args[1], "ssl", "false", "use_server_time_zone_for_dates", "true",
        "product_name", "metabase/1.56.0", "remember_last_set_roles", "true", "http_connection_provider", "HTTP_URL_CONNECTION"));
    p.putAll(Map.of("jdbc_ignore_unsupported_values", "true", "jdbc_schema_term", "schema",
        "select_sequential_consistency", "true", "max_open_connections", "100", "custom_http_params", ""));
    String url = "jdbc:clickhouse://" + args[0] + "/analytics";
    List<Connection> pool = new ArrayList<>();
    for (int i = 0; i < 5; i++)
      pool.add(DriverManager.getConnection(url, p));
    for (int round = 0; round < 20; round++)
      for (Connection c : pool)
        check(one(c, "SELECT 1").equals("1"), "select 1");
    Connection c = pool.get(0);
    check(c.isValid(5), "isValid");
    check(one(c, "SELECT timezone() AS tz").length() > 1, "timezone");
    DatabaseMetaData m = c.getMetaData();
    System.out.println(m.getDatabaseProductName() + " " + m.getDatabaseProductVersion());
    Set<String> schemas = new HashSet<>(), tables = new HashSet<>(), columns = new HashSet<>();
    try (ResultSet r = m.getSchemas()) { while (r.next()) schemas.add(r.getString("TABLE_SCHEM")); }
    try (ResultSet r = m.getTables(null, "analytics", "%", new String[] {"TABLE", "VIEW", "MATERIALIZED VIEW"})) {
      while (r.next()) tables.add(r.getString("TABLE_NAME"));
    }
    try (ResultSet r = m.getColumns(null, "analytics", "sales", "%")) {
      while (r.next()) columns.add(r.getString("COLUMN_NAME") + " " + r.getString("TYPE_NAME"));
    }
    check(schemas.contains("analytics"), "schemas " + schemas);
    check(tables.contains("sales"), "tables " + tables);
    check(columns.equals(Set.of("id UInt64", "amount UInt64")), "columns " + columns);
    try (PreparedStatement s = c.prepareStatement("select sum(amount), max(?) from analytics.sales where id >= ?")) {
      s.setString(1, "it's \\ ä");
      s.setLong(2, 5);
      try (ResultSet r = s.executeQuery()) {
        check(r.next() && r.getLong(1) == 70 && r.getString(2).equals("it's \\ ä"), "prepared");
      }
    }
    long n = 0;
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select number, toString(number) as t from numbers(200000)")) {
      while (r.next()) n += r.getLong(1);
    }
    check(n == 19999900000L, "many rows");
    try {
      one(c, "select nope from analytics.sales");
      check(false, "no error");
    } catch (SQLException e) {
      check(e.getMessage().contains("Code: 47") || e.getMessage().contains("nope"), "message " + e.getMessage());
    }
    for (Connection each : pool)
      each.close();
    System.out.println("good");
  }
}
