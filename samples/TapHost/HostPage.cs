using System.Globalization;
using System.Net;
using System.Text;
using UserNet.Sockets;

namespace UserNet.Samples.TapHost;

/// <summary>What the page at / says: who asks, what the host counted, and its bind table as <c>ss</c> shows it.</summary>
internal static class HostPage
{
    private const int MostRows = 500;

    public static string Write(NetworkStack stack, TimeProvider time, DateTimeOffset start, TcpConnection connection)
    {
        string[] table = stack.Snapshot().ToString().TrimEnd().Split('\n');
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>UserNet</title></head>\n<body>\n<h1>A host of UserNet</h1>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p>You are {connection.Remote}, this is {connection.Local}; up for ");
        page.Append(CultureInfo.InvariantCulture, $"{(time.GetUtcNow() - start).TotalSeconds:0} s.</p>\n<h2>Its sockets</h2>\n<pre>\n");
        foreach (string row in table.Take(MostRows + 1)) page.Append(WebUtility.HtmlEncode(row.TrimEnd())).Append('\n');
        if (table.Length > MostRows + 1) page.Append(CultureInfo.InvariantCulture, $"and {table.Length - MostRows - 1} more\n");
        page.Append("</pre>\n<h2>What it counted</h2>\n<pre>\n").Append(WebUtility.HtmlEncode(stack.Statistics.ToString()));
        return page.Append("</pre>\n</body>\n</html>\n").ToString();
    }
}
