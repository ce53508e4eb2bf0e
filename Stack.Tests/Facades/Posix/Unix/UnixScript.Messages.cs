using System.Buffers.Binary;
using UserNet.Facades.Posix;

namespace UserNet.Tests.Facades.Posix.Unix;

// sendmsg and recvmsg: descriptors and credentials.
internal sealed partial class UnixScript
{
    private string SendMessage(string[] w, IEnumerable<string> flags)
    {
        var control = new List<byte>();
        foreach (string item in w[2].Split(';'))
        {
            int colon = item.IndexOf(':', StringComparison.Ordinal);
            string kind = item[..colon], value = item[(colon + 1)..];
            if (kind == "raw")
            {
                control.AddRange(Convert.FromHexString(value));
                continue;
            }

            string[] parts = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
            (int level, int type, byte[] data) = kind switch
            {
                "rights" => (1, 1, Octets(parts.Select(part => part == "-" ? -1 : Of(part)))),
                "creds" => (1, 2, Octets(parts.Select(part => part == "self" ? _process.ProcessId : Number(part)))),
                _ => (Number(parts[0]), Number(parts[1]), "abcd"u8.ToArray()),
            };
            byte[] header = new byte[16];
            BinaryPrimitives.WriteInt64LittleEndian(header, 16 + data.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), level);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), type);
            control.AddRange(header);
            control.AddRange(data);
            while (control.Count % 8 != 0) control.Add(0);
        }

        var message = new MessageHeader { Vectors = [Text(w[1])], Control = control.ToArray(), ControlLength = control.Count };
        return Told(_process.SendMsg(Of(w[0]), message, FlagsOf(flags) | NoSignal));
    }

    private string ReceiveMessage(string[] w, IEnumerable<string> flags)
    {
        byte[] octets = new byte[Number(w[1])], address = new byte[128], control = new byte[Number(w[2])];
        var message = new MessageHeader
        {
            Vectors = [octets], Name = address, NameLength = address.Length, Control = control, ControlLength = control.Length,
        };
        int got = _process.RecvMsg(Of(w[0]), ref message, FlagsOf(flags));
        if (got < 0) return $"{_process.Error}";
        (int Bit, string Name)[] names = [(0x20, "TRUNC"), (8, "CTRUNC"), (0x80, "EOR"), (1, "OOB"), (0x40000000, "CLOEXEC")];
        int told = message.Flags;
        string flag = string.Join('+', names.Where(each => (told & each.Bit) != 0).Select(each => each.Name));
        return $"{got} '{Shown(octets.AsSpan(0, Math.Min(got, octets.Length)))}' from {ShownAddress(address, message.NameLength)} flags " +
            $"{(flag == "" ? "0" : flag)} control {message.ControlLength}" + ShownControl(control.AsSpan(0, message.ControlLength), w[3]);
    }

    private string ShownControl(ReadOnlySpan<byte> control, string names)
    {
        var left = new Queue<string>(names is "-" or "" ? [] : names.Split(','));
        string told = "";
        while (control.Length >= 16)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(control), type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
            ReadOnlySpan<byte> data = control[16..length];
            if (type == 1)
            {
                told += $" rights {data.Length / 4}";
                for (int i = 0; i < data.Length / 4; i++)
                {
                    int descriptor = BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]);
                    if (left.TryDequeue(out string? name)) Opened(name, descriptor);
                    else _process.Close(descriptor);
                }
            }
            else
            {
                byte[] whole = new byte[12];
                data.CopyTo(whole);
                told += " creds " + ShownCredentials(whole) + (data.Length == 12 ? "" : $" cut to {data.Length}");
            }

            control = control[Math.Min(control.Length, (length + 7) & ~7)..];
        }

        return told;
    }

    private static byte[] Octets(IEnumerable<int> numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];
}
