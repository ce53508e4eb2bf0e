using System.Text;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>
/// All holders of a table as they were at one moment, in the order in which ss lists them: by protocol, port and age.
/// </summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed class TableSnapshot
{
    private static readonly string[] Heads = ["Netid", "State", "Local Address:Port", "Peer Address:Port", "Terms"];

    private readonly List<HolderRow> _rows = [];
    private readonly Dictionary<uint, string> _devices = [];

    /// <summary>Takes the snapshot. Gate held.</summary>
    /// <param name="table">The table.</param>
    /// <param name="routes">Names the devices; null leaves them as numbers.</param>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    public TableSnapshot(BindTable table, IRoutes? routes = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (PortSpace space in table.Spaces)
        {
            foreach (Holder holder in space.Holders())
            {
                _rows.Add(HolderRow.Of(holder));
                if (holder.Claim.Device != 0 && routes?.NameOf(holder.Claim.Device) is { } name)
                    _devices[holder.Claim.Device] = name;
            }
        }
    }

    /// <summary>One row a holder.</summary>
    public IReadOnlyList<HolderRow> Rows => _rows;

    /// <summary>
    /// The table as <c>ss -tulpan</c> would print it, with each socket's terms in place of its process.
    /// </summary>
    public override string ToString()
    {
        var cells = new List<string[]> { Heads };
        foreach (HolderRow row in _rows)
        {
            cells.Add([
                HolderRow.NameOf(row.Protocol), row.StateName, LocalOf(row),
                row.Remote is { } remote ? remote.ToString() : IsDual(row) ? "*:*" : row.Local.Address.IsV6 ? "[::]:*" : "0.0.0.0:*", row.Terms]);
        }

        int[] widths = WidthsOf(cells);
        var text = new StringBuilder();
        foreach (string[] row in cells)
        {
            for (int column = 0; column < row.Length - 1; column++)
                text.Append(row[column].PadRight(widths[column] + 2));
            text.Append(row[^1]).Append('\n');
        }

        return text.ToString();
    }

    private static int[] WidthsOf(List<string[]> cells)
    {
        int[] widths = new int[Heads.Length];
        foreach (string[] row in cells)
            for (int column = 0; column < row.Length; column++)
                widths[column] = Math.Max(widths[column], row[column].Length);
        return widths;
    }

    private static bool IsDual(HolderRow row) =>
        row.Local.Address == InetAddress.AnyV6 && (row.Claim.Covers & Coverage.AllV4) != 0;

    /// <summary>ss writes a dual-stack wildcard as *, and a device behind the address.</summary>
    private string LocalOf(HolderRow row)
    {
        InetAddress address = row.Local.Address;
        string name = IsDual(row) ? "*" : address.IsV6 ? $"[{address}]" : address.ToString();
        uint device = row.Claim.Device;
        if (device != 0)
            name += "%" + _devices.GetValueOrDefault(device, device.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return $"{name}:{row.Local.Port}";
    }
}
