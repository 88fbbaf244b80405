// Asks the queries of standard input, one a line, with Metabase's connection properties, and prints the rows of each: the
// columns' names, then a line for each row, values parted by tabs, nothing for NULL; a blank line behind each answer.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.util.*;

class Rows {
  public static void main(String[] args) throws Exception {
    System.setProperty("clickhouse.jdbc.v2", "true");
    Properties p = new Properties();
    p.putAll(Map.of("user", "default", "password", args[1], "ssl", "false", "use_server_time_zone_for_dates", "true",
        "product_name", "metabase/1.56.0", "remember_last_set_roles", "true", "http_connection_provider", "HTTP_URL_CONNECTION"));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Connection c = DriverManager.getConnection("jdbc:clickhouse://" + args[0] + "/reports", p)) {
      for (String sql; (sql = in.readLine()) != null;) {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
          ResultSetMetaData m = r.getMetaData();
          List<String> cells = new ArrayList<>();
          for (int i = 1; i <= m.getColumnCount(); i++)
            cells.add(m.getColumnLabel(i));
          out.println(String.join("\t", cells));
          while (r.next()) {
            for (int i = 1; i <= m.getColumnCount(); i++) {
              String value = r.getString(i);
              cells.set(i - 1, value == null ? "" : value);
            }
            out.println(String.join("\t", cells));
          }
          out.println();
        }
      }
    }
  }
}
