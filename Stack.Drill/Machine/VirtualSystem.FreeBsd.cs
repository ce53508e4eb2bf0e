using UserNet.Drill.Calls;

namespace UserNet.Drill.Machine;

// The options that FreeBSD alone has.
internal sealed partial class VirtualSystem
{
    private static string NameOf(int option) =>
        ConstantTable.Of(DrillProfile.FreeBsd).NameOf("TCP_", option, ConstantTable.Of(DrillProfile.FreeBsd).NameOf("", option, $"{option}"));

    private static int GetFreeBsd(int descriptor, int level, int name, byte[] value, ref int length) => throw Missing($"socket option {NameOf(name)}");

    private static int SetFreeBsd(int descriptor, int level, int name, byte[]? value, int length) => throw Missing($"socket option {NameOf(name)}");
}
