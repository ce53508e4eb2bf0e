using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;

namespace UserNet.Drill.Calls;

// Reading and writing. What is written is zeros, and what is read is not looked at.
internal sealed partial class ScriptCalls
{
    private const int MostMemory = 1 << 28;      // octets that are really there; a script that says more is told that they are not

    private CallVerdict Read(in CallArguments arguments)
    {
        string name = arguments.Call.Name;
        arguments.Require(name == "read" ? 3 : name == "recv" ? 4 : 6);
        int live = Descriptor(arguments, 0);
        MemoryPart memory = Memory(arguments, arguments[1], arguments[2]);
        if (name == "recvfrom")
        {
            arguments.RequireUsual(4);
            if (arguments[5] is not ListExpression) arguments.RequireUsual(5);
        }

        int answer = name == "read" ? System.Read(live, memory) : System.Receive(live, memory, arguments.Int(3));
        Note(FactsOf(live), answer);
        return Check(arguments, answer);
    }

    private CallVerdict Write(in CallArguments arguments)
    {
        string name = arguments.Call.Name;
        arguments.Require(name == "write" ? 3 : name == "send" ? 4 : 6);
        int live = Descriptor(arguments, 0);
        MemoryPart memory = Memory(arguments, arguments[1], arguments[2]);
        if (name == "write") return Checked(arguments, live, System.Write(live, memory));
        int flags = arguments.Int(3);
        byte[]? address = name == "sendto" ? Address(arguments, 4, 5, _context.ConnectAddress) : null;
        BeginBySending(arguments.Int(0), live, flags, address is not null);
        return Checked(arguments, live, System.Send(live, memory, flags, address));
    }

    private CallVerdict TransferParts(in CallArguments arguments)
    {
        arguments.Require(3);
        int live = Descriptor(arguments, 0);
        IReadOnlyList<MemoryPart> parts = Parts(arguments, arguments[1], arguments[2]);
        return Checked(arguments, live, arguments.Call.Name == "readv" ? System.ReadV(live, parts) : System.WriteV(live, parts));
    }

    private CallVerdict Checked(in CallArguments arguments, int live, int answer)
    {
        Note(FactsOf(live), answer);
        return Check(arguments, answer);
    }

    /// <summary>A send that begins a connection: with MSG_FASTOPEN on Linux, with any address on FreeBSD. send(2), tcp(4).</summary>
    private void BeginBySending(int script, int live, int flags, bool hasAddress)
    {
        bool begins = IsFreeBsd ? hasAddress : (flags & PosixConstants.MSG_FASTOPEN) != 0;
        if (begins) Begin(script, FactsOf(live));
    }

    /// <summary>What a pair of arguments, the memory and its length, stands for.</summary>
    private static MemoryPart Memory(in CallArguments arguments, Expression memory, Expression length)
    {
        int octets = arguments.IntOf(length);
        if (CallArguments.IsNull(memory)) return new MemoryPart(null, octets);
        if (memory is not (EllipsisExpression or TextExpression))
            throw arguments.Unsupported($"{CallArguments.FormOf(memory)} where memory belongs", memory.At);
        if (memory is TextExpression && arguments.Call.Name.StartsWith('r')) throw arguments.Unsupported("a text to read into", memory.At);
        if (octets > MostMemory) throw arguments.Unsupported($"{octets} octets at once", length.At);
        return new MemoryPart(octets <= 0 ? [] : new byte[octets], octets);
    }

    /// <summary>struct iovec[]: <c>[{..., 1000}, {..., 500}]</c>, or with iov_base and iov_len.</summary>
    private static MemoryPart[] Parts(in CallArguments arguments, Expression list, Expression? count)
    {
        if (list is not ListExpression { Items: var items }) throw arguments.Unsupported($"{CallArguments.FormOf(list)} where a list belongs", list.At);
        if (count is not null && arguments.NumberOf(count) != items.Count) throw arguments.Unsupported("a count that is not that of the list", count.At);
        var parts = new MemoryPart[items.Count];
        for (int i = 0; i < parts.Length; i++) parts[i] = Part(arguments, items[i]);
        return parts;
    }

    private static MemoryPart Part(in CallArguments arguments, Expression item)
    {
        if (item is StructExpression { Fields: [{ Name: null } memory, { Name: null } length] }) return Memory(arguments, memory.Value, length.Value);
        var fields = new StructReader(arguments, item);
        FieldExpression? start = fields.Take("iov_base"), octets = fields.Take("iov_len");
        fields.End();
        if (start is null || octets is null) throw arguments.Unsupported("a part without memory or length", item.At);
        return Memory(arguments, start.Value, octets.Value);
    }
}
